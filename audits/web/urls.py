from django.urls import path

from audits.web.views import trail

urlpatterns = [
    path("trail/", trail.trail, name="trail"),
    path("trail/<int:pk>/", trail.entry, name="trail_entry"),
]
