"""The mails of the past have long arrived: nothing of the story is sent when the server starts."""


def deliver(world):
    mails = world.env["mail.mail"].search([("state", "in", ("outgoing", "exception"))])
    notifications = world.env["mail.notification"].search([("mail_mail_id", "in", mails.ids)])
    notifications.write({"notification_status": "sent"})
    mails.unlink()
