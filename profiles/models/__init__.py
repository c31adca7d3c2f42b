from profiles.models.activation import Activation
from profiles.models.api_key import ApiKey
from profiles.models.attestation import Attestation
from profiles.models.comment import Comment
from profiles.models.draft import Draft, DraftEdit
from profiles.models.hold import Hold
from profiles.models.member import Member, User
from profiles.models.notice import Letter, Notice, NoticeChoice, Reminder
from profiles.models.organization import Environment, Organization
from profiles.models.product import Product
from profiles.models.published_profile import PublishedProfile
from profiles.models.repeat import StoredAnswer
from profiles.models.review import Review
from profiles.models.rulebook_draft import RulebookDraft
from profiles.models.rulebook_revision import RulebookRevision
from profiles.models.schedule import Schedule
from profiles.models.serving import Receipt, ServingChange
from profiles.models.source_document import SourceDocument
from profiles.models.version import Version
from profiles.models.webhook import Attempt, Delivery, Webhook

__all__ = [
    "Activation",
    "ApiKey",
    "Attempt",
    "Attestation",
    "Comment",
    "Delivery",
    "Draft",
    "DraftEdit",
    "Environment",
    "Hold",
    "Letter",
    "Member",
    "Notice",
    "NoticeChoice",
    "Organization",
    "Product",
    "PublishedProfile",
    "Receipt",
    "Reminder",
    "Review",
    "RulebookDraft",
    "RulebookRevision",
    "Schedule",
    "ServingChange",
    "SourceDocument",
    "StoredAnswer",
    "User",
    "Version",
    "Webhook",
]
