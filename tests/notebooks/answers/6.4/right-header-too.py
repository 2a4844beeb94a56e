def not_available(request, error):
    body = {"error": 503, "detail": "Not now.", "retry_after_seconds": 5}
    return JSONResponse(body, 503, headers={"Retry-After": "5"})
