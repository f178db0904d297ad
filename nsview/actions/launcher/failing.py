"""What went wrong, as data: in which step, what the kernel said, about what."""

import errno
from types import TracebackType


class Failed(Exception):
    """A step of the plan that could not be done; `words` where the errno does not tell the reason."""

    def __init__(self, step: str, number: int, subject: str = "", words: str = "") -> None:
        super().__init__(step, number, subject, words)
        self.step = step
        self.number = number
        self.subject = subject
        self.words = words

    def as_data(self) -> dict[str, object]:
        return {"step": self.step, "errno": self.number, "subject": self.subject, "words": self.words}


class Step:
    """Names what is being done: an OSError inside becomes the failure of this step."""

    def __init__(self, name: str, subject: str = "") -> None:
        self.name = name
        self.subject = subject

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            subject = self.subject or (error.filename if isinstance(error.filename, str) else "")
            raise Failed(self.name, error.errno or errno.EIO, subject) from None
