from django.urls import URLPattern, URLResolver

transaction_urls: list[URLPattern | URLResolver] = []
