"""The notice templates as shipped; the district edits its own rows in the admin.

They are marked for translation: where a district has not changed them, who reads English gets them in English.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

SHIPPED_TEMPLATES = [
    {
        "kind": "email",
        "subject": gettext_noop("【{site}】您有一条新通知"),
        "body": gettext_noop("您好：\n\n{text}\n\n点开看看：{url}\n\n{site}"),
    },
    {
        "kind": "email_digest",
        "subject": gettext_noop("【{site}】今天有 {count} 条通知"),
        "body": gettext_noop("您好，这一天有这些新消息：\n\n{text}\n\n都在这里：{url}\n\n{site}"),
    },
    {"kind": "sms", "subject": "", "body": gettext_noop("【{site}】您有 {count} 件事有了新消息，请看 {url}")},
    {"kind": "sms_digest", "subject": "", "body": gettext_noop("【{site}】今天有 {count} 件事有了新消息，请看 {url}")},
    {
        "kind": "sms_code",
        "subject": "",
        "body": gettext_noop("【{site}】验证码 {code}。不要告诉任何人，工作人员也不会问您要。"),
    },
]
