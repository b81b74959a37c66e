"""Files line: the station's way to files, which the emulated network can cut.

Below it are the shipped carriers and a real network. While the line is cut, whatever is begun or
under way fails as a dead network does, also if the line is up again before that is noticed.
"""

from ampkeeper.firmware.transfers.address import Address
from ampkeeper.firmware.transfers.port import Carriers, Download, Upload
from ampkeeper.hal.errors import AbsentError


class FilesLine:
    """Implements ``Carriers`` over others; the line may be cut at any time."""

    def __init__(self, carriers: Carriers) -> None:
        self.cuts = 0
        self._is_up = True
        self._carriers = carriers

    def set_up(self, up: bool) -> None:
        """Cut the line, or mend it."""
        if self._is_up and not up:
            self.cuts += 1
        self._is_up = up

    def download(self, place: Address, offset: int, mark: str) -> Download:
        """What fetches, as long as the line is up."""
        return _DownloadOverLine(self, self._carriers.download(place, offset, mark))

    def upload(self, place: Address, size_bytes: int, sent_bytes: int) -> Upload:
        """What sends, as long as the line is up."""
        return _UploadOverLine(self, self._carriers.upload(place, size_bytes, sent_bytes))

    def check(self, cuts: int) -> None:
        """Raise AbsentError while the line is cut, and if it was since there were so many cuts."""
        if not self._is_up or self.cuts != cuts:
            raise AbsentError("the network is down")


class _DownloadOverLine:
    def __init__(self, line: FilesLine, download: Download) -> None:
        self._line, self._cuts = line, line.cuts
        self._download = download
        self.offset = download.offset
        self.mark = download.mark
        self.size_bytes = download.size_bytes

    def open(self) -> None:
        self._line.check(self._cuts)
        self._download.open()
        self.offset, self.mark = self._download.offset, self._download.mark
        self.size_bytes = self._download.size_bytes

    def read(self) -> bytes:
        self._line.check(self._cuts)
        data = self._download.read()
        self._line.check(self._cuts)
        return data

    def abort(self) -> None:
        self._download.abort()

    def close(self) -> None:
        self._download.close()


class _UploadOverLine:
    def __init__(self, line: FilesLine, upload: Upload) -> None:
        self._line, self._cuts = line, line.cuts
        self._upload = upload
        self.offset = upload.offset

    def open(self) -> None:
        self._line.check(self._cuts)
        self._upload.open()
        self.offset = self._upload.offset

    def write(self, data: bytes) -> None:
        self._line.check(self._cuts)
        self._upload.write(data)

    def finish(self) -> bool:
        self._line.check(self._cuts)
        is_whole = self._upload.finish()
        self._line.check(self._cuts)
        return is_whole

    def abort(self) -> None:
        self._upload.abort()

    def close(self) -> None:
        self._upload.close()
