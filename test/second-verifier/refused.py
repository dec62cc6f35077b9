"""How a check says no: a reason, and what it concerns."""

from typing import NamedTuple, Optional


class Failure(NamedTuple):
    """One line of the outcome. `file` is an entry of the bundle or the option that named the file."""

    file: Optional[str]
    record_id: Optional[str]
    message: str


class Refused(Exception):
    """Raised where a text or a proof is not what it must be."""

    def __init__(self, message: str, file: Optional[str] = None, record_id: Optional[str] = None):
        super().__init__(message)
        self.failure = Failure(file, record_id, message)

    def about(self, file: Optional[str], record_id: Optional[str] = None) -> Failure:
        """The same refusal, said of this file unless it already names one."""
        known = self.failure
        return Failure(known.file or file, known.record_id or record_id, known.message)


def demand(holds: bool, message: str, file: Optional[str] = None, record_id: Optional[str] = None) -> None:
    if not holds:
        raise Refused(message, file, record_id)
