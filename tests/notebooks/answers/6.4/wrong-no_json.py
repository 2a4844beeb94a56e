def not_available(request, error):
    return {"error": 503, "detail": "Not now.", "retry_after_seconds": 5}
