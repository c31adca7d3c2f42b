"""Files that people send with a form: held in memory, and never more of them than one piece of evidence may be."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext as _

from profiles.errors import InvalidInput
from profiles.evidence import MOST_BYTES

_MARK: Final = "stopped_upload"  # on a request: the field whose file was too large


class SmallFiles(FileUploadHandler):
    """Stops to read a form where its files are larger than ``MOST_BYTES`` together. What came before the file in the
    form is kept, so a form puts its file last."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.total = 0
        self.content = BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.total += len(raw_data)
        if self.total > MOST_BYTES:
            self.content = BytesIO()
            setattr(self.request, _MARK, self.field_name)
            raise StopUpload(connection_reset=True)
        self.content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.content.seek(0)
        return InMemoryUploadedFile(
            self.content,
            self.field_name,
            self.file_name or "",
            self.content_type or "",
            file_size,
            self.charset,
            self.content_type_extra,
        )


def sent_file(request: HttpRequest, field: str) -> tuple[str, bytes] | None:
    """The name and bytes of the file that a form held; None where none was chosen.

    Raises:
        InvalidInput: it was too large to be read.
    """
    found = request.FILES.get(field)
    if getattr(request, _MARK, None) == field:
        message = _("The file is larger than 10 MB. Choose a smaller one.")
        raise InvalidInput(message, fields={field: [message]})
    return (found.name or "", found.read()) if found else None
