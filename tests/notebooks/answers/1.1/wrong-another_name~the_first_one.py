practice = vonage.application.get_application(application.id)
