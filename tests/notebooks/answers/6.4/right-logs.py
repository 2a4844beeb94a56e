def not_available(request, error):
    print("Vonage said", type(error).__name__)
    return JSONResponse(
        {"error": 503, "detail": "Not now.", "retry_after_seconds": 5}, 503
    )
