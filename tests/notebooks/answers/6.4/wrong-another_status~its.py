def not_available(request, error):
    status = getattr(getattr(error, "response", None), "status_code", 500)
    return JSONResponse(
        {"error": status, "detail": "Not now.", "retry_after_seconds": 5}, status
    )
