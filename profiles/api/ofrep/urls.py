from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from profiles.api.errors import not_found
from profiles.api.ofrep.views import flag, flags

urlpatterns = [
    path("evaluate/flags", flags, name="ofrep_flags"),
    path("evaluate/flags/<path:key>", flag, name="ofrep_flag"),
    # So that nobody is sent to the same address with a slash at its end.
    re_path(r"^(?P<path>.*)$", csrf_exempt(not_found)),
]
