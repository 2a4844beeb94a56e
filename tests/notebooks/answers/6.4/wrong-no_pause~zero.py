def not_available(request, error):
    return JSONResponse(
        {"error": 503, "detail": "Not now.", "retry_after_seconds": 0}, 503
    )
