def not_available(request, error):
    detail = f"Vonage refused: {error}"
    return JSONResponse({"error": 503, "detail": detail, "retry_after_seconds": 5}, 503)
