from django.urls import path, re_path

from profiles.api.errors import not_found
from profiles.api.v1.management.urls import urlpatterns as management
from profiles.api.v1.profile import events, instructions, profile, resolve, signed

urlpatterns = [
    path("profile", profile, name="api_profile"),
    path("profile.jws", signed, name="api_profile_jws"),
    path("profile/instructions", instructions, name="api_instructions"),
    path("profile/resolve", resolve, name="api_resolve"),
    path("profile/events", events, name="api_events"),
    *management,
    re_path(r"^(?P<path>.*)$", not_found),
]
