def not_available(request, error):
    return JSONResponse({"error": 500, "detail": "Oh.", "retry_after_seconds": 5}, 500)
