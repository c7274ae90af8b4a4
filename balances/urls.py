from django.urls import URLPattern

balance_urls: list[URLPattern] = []
