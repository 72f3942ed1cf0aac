"""Addresses of verification, residents, their log and the papers that a worker prints."""

from __future__ import annotations

from django.urls import URLPattern, path

from community.views import letters, privacy_log, receipts, recovering, residents, verifications, verifying

urlpatterns: list[URLPattern] = [
    path("my/verification/", verifying.my_verification, name="my_verification"),
    path("my/verification/withdraw/", verifying.withdraw, name="withdraw_verification"),
    path("my/verification/by-letter/", verifying.by_letter, name="verification_by_letter"),
    path("my/verification/code/", verifying.code, name="verification_code"),
    path("my/home/", verifying.my_home, name="my_home"),
    path("my/privacy/log/", privacy_log.my_privacy_log, name="reveal_log"),
    path("desk/verifications/", verifications.verifications, name="verifications"),
    path("desk/verifications/<int:pk>/", verifications.verification, name="verification"),
    path("desk/verifications/<int:pk>/reveal/", verifications.reveal, name="verification_reveal"),
    path("desk/verifications/<int:pk>/letter/", letters.letter, name="verification_letter"),
    path("desk/verifications/<int:pk>/<slug:verb>/", verifications.decide, name="verification_action"),
    path("desk/residents/", residents.desk_residents, name="desk_residents"),
    path("desk/residents/new/", residents.register, name="register_resident"),
    path("desk/residents/<int:pk>/", residents.desk_resident, name="desk_resident"),
    path("desk/residents/<int:pk>/verification/", verifications.ask_for, name="ask_for_resident"),
    path("desk/residents/<int:pk>/correct/", recovering.correct, name="correct_resident"),
    path("desk/residents/<int:pk>/recover/", recovering.recover_resident, name="recover_resident"),
    path("desk/residents/<int:pk>/<slug:verb>/", residents.act_by_verb, name="resident_action"),
    path(
        "desk/residents/<int:pk>/guardians/<int:guardianship_id>/end/",
        residents.end_guardianship,
        name="end_guardianship",
    ),
    path("desk/recoveries/", recovering.recoveries, name="recoveries"),
    path("desk/recoveries/<int:pk>/", recovering.recovery, name="recovery"),
    path("desk/recoveries/<int:pk>/receipt/", recovering.recovery_receipt, name="recovery_receipt"),
    path("desk/recoveries/<int:pk>/<slug:verb>/", recovering.recovery_action, name="recovery_action"),
    path("my/recovery/<int:pk>/stop/", recovering.stop, name="stop_recovery"),
    path("accounts/slip/", recovering.use_slip, name="use_slip"),
    path("receipts/<str:number>/", receipts.receipt, name="receipt"),
]
