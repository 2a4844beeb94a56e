async def not_available(request, error):
    return JSONResponse(
        {"error": 503, "detail": "Not now.", "retry_after_seconds": 5}, 503
    )
