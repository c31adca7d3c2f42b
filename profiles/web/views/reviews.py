"""The inbox of reviews."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from profiles import queries
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.reviews import reviews_page


@require_safe
@signed_in
def reviews(request: PageRequest) -> HttpResponse:
    waiting = queries.waiting(request.actor)
    page = reviews_page(request.actor, waiting, request.now)
    return render_page(request, "profiles/reviews.html", page, current="reviews", waiting=len(waiting))
