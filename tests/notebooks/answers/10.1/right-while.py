def retry(make, pause):
    seconds, left = 1, 4
    while True:
        try:
            return make()
        except HttpRequestError as problem:
            answer = problem.response
            if not left or not (answer.status_code == 429 or answer.status_code > 499):
                raise problem
            if "Retry-After" in answer.headers:
                pause(int(answer.headers["Retry-After"]))
            else:
                pause(seconds)
            seconds *= 2
            left -= 1
