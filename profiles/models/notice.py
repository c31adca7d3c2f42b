from __future__ import annotations

from django.db import models
from django.db.models import Q

from profiles.models.member import User
from profiles.models.organization import Organization


class NoticeChoice(models.Model):
    """How a person wants to be told of a topic; without a row, what ``telling.topics`` says."""

    user = models.ForeignKey(User, models.PROTECT, related_name="notice_choices")
    topic = models.CharField(max_length=20)  # of ``telling.topics``, as is ``mail``
    inbox = models.BooleanField()
    mail = models.CharField(max_length=10)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "topic"), name="notice_choice_once"),)

    def __str__(self) -> str:
        return f"{self.topic}: {self.mail}"


class Letter(models.Model):
    """One mail to one person: of a single notice, or the digest of a day. A row first; a worker sends it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DROPPED = "dropped"  # nothing was left to say, or not to this person any more
        FAILED = "failed"  # tried for a day

    user = models.ForeignKey(User, models.PROTECT, related_name="letters")
    notice = models.OneToOneField("profiles.Notice", models.CASCADE, null=True, related_name="letter")
    day = models.DateField(null=True)  # of a digest, as the person's clock has it
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # not before
    asked_at = models.DateTimeField()  # when a worker was last sent a message
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "day"), name="letter_one_digest_a_day"),
            models.CheckConstraint(condition=Q(notice__isnull=True) ^ Q(day__isnull=True), name="letter_of_something"),
        )
        indexes = (models.Index(fields=("due_at",), condition=Q(state="waiting"), name="letter_waiting"),)

    def __str__(self) -> str:
        return f"{self.day or 'notice'} to {self.user_id}: {self.state}"


class Notice(models.Model):
    """What one person is told. What it says is read from its entry, so it cannot say anything else."""

    user = models.ForeignKey(User, models.PROTECT, related_name="notices", db_index=False)  # those below begin with it
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    # Nothing can remove an entry, so there is nothing that a constraint would have to hold.
    entry = models.ForeignKey("audits.Entry", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    key = models.CharField(max_length=160)  # what is told once: the entry's id, or what several entries have in common
    topic = models.CharField(max_length=20)
    at = models.DateTimeField()
    in_inbox = models.BooleanField()
    mail = models.CharField(max_length=10)
    digest = models.ForeignKey(Letter, models.SET_NULL, null=True, related_name="notices")
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="notice_once"),)
        indexes = (
            models.Index(fields=("user", "-at", "-id"), condition=Q(in_inbox=True), name="notice_inbox"),
            models.Index(
                fields=("user", "organization"), condition=Q(in_inbox=True, read_at__isnull=True), name="notice_unread"
            ),
            models.Index(fields=("user",), condition=Q(mail="digest", digest__isnull=True), name="notice_for_digest"),
        )

    def __str__(self) -> str:
        return f"{self.topic} #{self.entry_id} to {self.user_id}"


class Reminder(models.Model):
    """That an attestation's end was told of, so many days before; 0 for the end itself. Each once."""

    attestation = models.ForeignKey("profiles.Attestation", models.PROTECT, related_name="reminders")
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("attestation", "days"), name="reminder_once"),)

    def __str__(self) -> str:
        return f"{self.days} days before the end of {self.attestation_id}"
