def not_available(request, error):
    detail = "The chat is not available right now."
    return JSONResponse({"error": 503, "detail": detail, "retry_after_seconds": 5}, 503)
