def not_available(request, error):
    body = {"error": 503, "detail": str(error), "retry_after_seconds": 5}
    return JSONResponse(body, 503)
