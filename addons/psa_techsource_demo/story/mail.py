"""Mails of the story count as sent, so that none leaves when the server starts."""


def deliver(world):
    mails = world.env["mail.mail"].search([("state", "in", ("outgoing", "exception"))])
    notifications = world.env["mail.notification"].search([("mail_mail_id", "in", mails.ids)])
    notifications.write({"notification_status": "sent"})
    mails.unlink()
