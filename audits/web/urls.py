from django.urls import path

from audits.web.views import rechecks, trail

urlpatterns = [
    path("rulebooks/rechecks/<int:pk>/", rechecks.recheck, name="recheck"),
    path("trail/", trail.trail, name="trail"),
    path("trail/<int:pk>/", trail.entry, name="trail_entry"),
]
