"""The answer for a load balancer, and for the supervisor, which waits for it at the start."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audits.ledger import health


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 if this process can serve a page, 503 if it has no database; the reason is for the log only."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def healthz_log(request: HttpRequest) -> HttpResponse:
    """For monitoring: 200 if every log is signed and in order, 503 with a line for each kind of problem, and how many
    logs have it. Whose they are stands on their pages; a load balancer must not take a process away for this."""
    try:
        found = health.everywhere(now=timezone.now())
    except DatabaseError:
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    lines = "".join(f"{problem} {count}\n" for problem, count in found.items())
    return HttpResponse(lines or "ok\n", status=503 if found else 200, content_type="text/plain")
