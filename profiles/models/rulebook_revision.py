from __future__ import annotations

from datetime import datetime

from django.db import models

from profiles.rulebook.codec import decode
from profiles.rulebook.model import Layer, Rulebook


class RulebookRevision(models.Model):
    """One dated rulebook as it was published here. Immutable in the database; belongs to the installation."""

    platform = models.SlugField(max_length=40)  # or the law pack's name
    layer = models.CharField(max_length=10, default=Layer.PLATFORM.value)
    published = models.DateField()
    digest = models.CharField(max_length=71, unique=True)
    title = models.CharField(max_length=200)
    document = models.JSONField()
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ("platform", "-published", "-id")

    def __str__(self) -> str:
        return f"{self.platform} {self.published}"

    @classmethod
    def of(cls, rulebook: Rulebook, now: datetime) -> RulebookRevision:
        """A rulebook as a revision, not saved yet."""
        _decoded[rulebook.digest] = rulebook
        return cls(
            platform=rulebook.platform,
            layer=rulebook.layer.value,
            published=rulebook.published,
            digest=rulebook.digest,
            title=rulebook.title,
            document=rulebook.document,
            loaded_at=now,
        )

    @classmethod
    def newest(cls) -> models.QuerySet[RulebookRevision]:
        """The newest revision of each platform and law pack."""
        return cls.objects.order_by("platform", "-published", "-id").distinct("platform")

    @property
    def revision(self) -> str:
        return self.published.isoformat()

    @property
    def is_law(self) -> bool:
        return self.layer == Layer.LAW.value

    def rulebook(self) -> Rulebook:
        """The parsed rulebook; decoded once per process, since a revision never changes."""
        if self.digest not in _decoded:
            _decoded[self.digest] = decode(self.document)
        return _decoded[self.digest]


_decoded: dict[str, Rulebook] = {}
