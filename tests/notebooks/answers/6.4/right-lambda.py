body = {"error": 503, "detail": "Later.", "retry_after_seconds": 10}
not_available = lambda request, error: JSONResponse(body, status_code=503)
