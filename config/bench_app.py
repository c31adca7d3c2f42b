"""What `make bench` compares with: trivial views of Django and of DRF behind the usual middlewares. Never served."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

settings.ROOT_URLCONF = __name__

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.decorators import api_view  # noqa: E402
from rest_framework.response import Response  # noqa: E402

BODY = b"x" * 8_192


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BODY, content_type="application/json")


@api_view(["POST"])  # type: ignore[untyped-decorator]  # DRF has no types
def trivial(request: Any) -> Response:
    return Response({"got": len(request.data["preferences"])})


urlpatterns = [path("plain", plain), path("trivial", trivial)]
application = get_wsgi_application()
