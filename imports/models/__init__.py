from imports.models.batch import ImportBatch, SourceLine
from imports.models.upload import Upload, UploadBlock

__all__ = ["ImportBatch", "SourceLine", "Upload", "UploadBlock"]
