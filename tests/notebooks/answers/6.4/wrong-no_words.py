def not_available(request, error):
    return JSONResponse({"message": "Not now.", "retry_after_seconds": 5}, 503)
