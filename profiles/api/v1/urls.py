from django.urls import path, re_path

from profiles.api.errors import not_found
from profiles.api.v1.profile import profile

urlpatterns = [
    path("profile", profile, name="api_profile"),
    re_path(r"^(?P<path>.*)$", not_found),
]
