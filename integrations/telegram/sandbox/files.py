"""Stored files and their identifiers; the oldest contents are dropped when they take too much memory."""

from dataclasses import dataclass, field

from integrations.telegram.sandbox.errors import bad_request

DOWNLOAD_LIMIT = 20 << 20
UPLOAD_LIMIT = 50 << 20
PHOTO_LIMIT = 10 << 20
MEMORY_LIMIT = 256 << 20


@dataclass(slots=True)
class Upload:
    name: str
    content: bytes
    mime_type: str = "application/octet-stream"


@dataclass(slots=True)
class StoredFile:
    file_id: str
    unique_id: str
    kind: str
    name: str
    mime_type: str
    size: int
    path: str
    content: bytes | None
    width: int = 0
    height: int = 0


@dataclass(slots=True)
class FileStore:
    prefix: str = "f"
    by_id: dict[str, StoredFile] = field(default_factory=dict)
    by_path: dict[str, StoredFile] = field(default_factory=dict)
    memory: int = 0
    _count: int = 0

    def add(self, kind: str, upload: Upload, *, size: int | None = None) -> StoredFile:
        """Keep a file; a declared size stands for content that nobody needs to see."""
        self._count += 1
        number = self._count
        suffix = upload.name.rpartition(".")[2] if "." in upload.name else "bin"
        stored = StoredFile(
            file_id=f"{self.prefix}AgACAgIAAxk{number:08d}{kind}",
            unique_id=f"AQAD{self.prefix}{number:08d}",
            kind=kind,
            name=upload.name,
            mime_type=upload.mime_type,
            size=len(upload.content) if size is None else size,
            path=f"{kind}s/file_{number}.{suffix}",
            content=upload.content if size is None else None,
        )
        self.by_id[stored.file_id] = self.by_path[stored.path] = stored
        self.memory += len(upload.content)
        self._drop_oldest()
        return stored

    def find(self, file_id: str) -> StoredFile:
        # A size of a photo has its own identifier, derived from that of the file.
        stored = self.by_id.get(file_id.partition("~")[0])
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        return stored

    def _drop_oldest(self) -> None:
        while self.memory > MEMORY_LIMIT and len(self.by_id) > 1:
            oldest = self.by_id.pop(next(iter(self.by_id)))
            self.by_path.pop(oldest.path, None)
            self.memory -= len(oldest.content or b"")
