def not_available(request, error):
    return JSONResponse(
        {
            "error": error.response.status_code,
            "detail": "Not now.",
            "retry_after_seconds": 5,
        },
        503,
    )
