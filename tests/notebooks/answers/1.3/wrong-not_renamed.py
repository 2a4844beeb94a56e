mended = vonage.application.update_application(spare.id, config)
