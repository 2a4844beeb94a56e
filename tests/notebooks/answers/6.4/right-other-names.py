def not_available(_, problem):
    return JSONResponse(
        {"error": 503, "detail": "Not now.", "retry_after_seconds": 30}, 503
    )
