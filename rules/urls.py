from django.urls import URLPattern, URLResolver, include, path

from rules import views

of_rule = [
    path("", views.rule, name="rule"),
    path("edit/", views.rule_edit, name="rule_edit"),
    path("removed/", views.rule_removed, name="rule_removed"),
    path("place/", views.rule_place, name="rule_place"),
    path("enabled/", views.rule_enabled, name="rule_enabled"),
    path("applied/", views.rule_applied, name="rule_applied"),
]

rule_urls: list[URLPattern | URLResolver] = [
    path("rules/", views.rule_list, name="rule_list"),
    path("rules/new/", views.rule_new, name="rule_new"),
    path("rules/applied/", views.rules_applied, name="rules_applied"),
    path("rules/runs/<int:run>/cancelled/", views.run_cancelled, name="run_cancelled"),
    path("rules/effects/<int:effect>/reverted/", views.effect_reverted, name="effect_reverted"),
    path("rules/<int:rule>/", include(of_rule)),
]
