def not_available(request, error):
    text = '{"error": 503, "detail": "Later", "retry_after_seconds": 60}'
    return Response(text, 503, media_type="application/json")
