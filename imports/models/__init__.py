from imports.models.batch import OWN_FAMILY, ImportBatch, SourceLine, own_key
from imports.models.mapping import FormatMapping
from imports.models.upload import Upload, UploadBlock

__all__ = [
    "OWN_FAMILY",
    "FormatMapping",
    "ImportBatch",
    "SourceLine",
    "Upload",
    "UploadBlock",
    "own_key",
]
