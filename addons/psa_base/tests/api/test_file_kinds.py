from odoo.tests import BaseCase

from ...tools.file_kinds import clean_filename, get_media_type, is_acceptable

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


class TestFileKinds(BaseCase):
    """The kinds of files that a client may send."""

    def test_files_that_are_what_their_name_says_come_in(self):
        for name, content in (
            ("screen.png", PNG),
            ("SCREEN.PNG", PNG),
            ("report.final.pdf", b"%PDF-1.7"),
            ("list.xlsx", b"PK\x03\x04..."),
            ("video.mp4", b"\x00\x00\x00\x20ftypisom"),
            ("picture.webp", b"RIFF....WEBPVP8 "),
            ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
            ("server.log", b"10:00 <script> was asked for\n"),
            ("names.csv", "Zoë;Ørsted".encode("latin-1")),
            ("windows.txt", "\ufeffHello".encode("utf-16-le")),
            ("letter.eml", b"Received: from x"),
        ):
            with self.subTest(name):
                self.assertTrue(is_acceptable(name, content))

    def test_what_a_browser_or_a_desktop_runs_is_refused(self):
        pages = ("html", "htm", "xhtml", "svg", "xml")
        programs = ("js", "mjs", "exe", "com", "msi", "bat", "cmd", "ps1", "vbs", "jar", "lnk", "docm")
        for ending in pages + programs:
            with self.subTest(ending):
                self.assertFalse(is_acceptable(f"file.{ending}", b"text"))
        for name in ("file", "file.", ".exe", "png", "file.png.exe", "file.png ", "file.png\n"):
            with self.subTest(name):
                self.assertFalse(is_acceptable(name, PNG))

    def test_content_that_is_something_else_is_refused(self):
        for name, content in (
            ("screen.png", b"MZ\x90\x00"),
            ("screen.png", b""),
            ("screen.png", b"<svg onload=alert(1)>"),
            ("report.pdf", b"<html>"),
            ("notes.txt", b"MZ\x90\x00\x03"),
            ("notes.txt", b"\x7fELF\x02\x00"),
            ("notes.txt", b" \n<!DOCTYPE html>"),
            ("notes.txt", b"<SCRIPT>"),
            ("notes.txt", b"\xef\xbb\xbf<svg>"),
            ("notes.txt", "\ufeff<html>".encode("utf-16-le")),
            ("notes.txt", b"#!/bin/sh"),
            ("data.json", b"<?xml version='1.0'?>"),
        ):
            with self.subTest(name=name, content=content):
                self.assertFalse(is_acceptable(name, content))

    def test_name_cannot_hide_how_it_ends(self):
        self.assertEqual(clean_filename("invoice\u202egnp.exe"), "invoicegnp.exe")
        self.assertEqual(clean_filename("\u2066Zoë – 1.png "), "Zoë – 1.png")

    def test_media_type_is_ours_to_say(self):
        self.assertEqual(get_media_type("a.PDF"), "application/pdf")
        self.assertEqual(get_media_type("a.txt"), "text/plain")
        for name in ("a.html", "a.svg", "a", "mail.htm", "x.exe"):
            self.assertEqual(get_media_type(name), "application/octet-stream")
