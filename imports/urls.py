from django.urls import URLPattern, URLResolver, include, path

from imports.views import archive, history, mappings, undo, uploads

of_upload = [
    path("", uploads.upload, name="upload"),
    path("confirmed/", uploads.upload_confirmed, name="upload_confirmed"),
    path("cancelled/", uploads.upload_cancelled, name="upload_cancelled"),
    path("removed/", uploads.upload_removed, name="upload_removed"),
    path("mapping/", mappings.upload_mapping, name="upload_mapping"),
]

of_mapping = [
    path("", mappings.mapping, name="mapping"),
    path("removed/", mappings.mapping_removed, name="mapping_removed"),
    path("mapping.toml", mappings.mapping_toml, name="mapping_toml"),
]

of_batch = [
    path("", history.import_batch, name="import_batch"),
    path("report.json", history.import_report, {"kind": "json"}, name="import_report_json"),
    path("report.csv", history.import_report, {"kind": "csv"}, name="import_report_csv"),
    path("undone/", undo.import_undone, name="import_undone"),
    path("redone/", undo.import_redone, name="import_redone"),
    path("file/", history.import_file, name="import_file"),
]

import_urls: list[URLPattern | URLResolver] = [
    path("imports/", history.import_list, name="import_list"),
    path("imports/new/", uploads.import_new, name="import_new"),
    path("imports/confirmed/", uploads.uploads_confirmed, name="uploads_confirmed"),
    path("imports/mappings/", mappings.mapping_list, name="mapping_list"),
    path("imports/mappings/<int:mapping>/", include(of_mapping)),
    path("imports/uploads/<int:upload>/", include(of_upload)),
    path("imports/<int:batch>/", include(of_batch)),
    path("archive/", archive.ledger_archive, name="ledger_archive"),
]
