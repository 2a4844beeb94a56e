def not_available(request, error):
    text = getattr(error, "response", None)
    detail = text.text if text is not None else "Not now."
    return JSONResponse({"error": 503, "detail": detail, "retry_after_seconds": 5}, 503)
