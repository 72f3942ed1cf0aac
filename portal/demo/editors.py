"""What the demo's editor may do in Wagtail: add, edit and publish in the two columns, and nowhere else."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from community.models import User

GROUP = "公开编辑"
PAGE_PERMISSIONS = ("add_page", "change_page", "publish_page")
FILE_PERMISSIONS = ("add_image", "choose_image", "add_document", "choose_document")


def build_editors(editor: User, columns: list[Page]) -> None:
    """Make the group and put the editor into it."""
    group = Group.objects.create(name=GROUP)
    group.permissions.add(Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"))
    may = {one.codename: one for one in Permission.objects.filter(codename__in=[*PAGE_PERMISSIONS, *FILE_PERMISSIONS])}
    GroupPagePermission.objects.bulk_create(
        GroupPagePermission(group=group, page=column, permission=may[name])
        for column in columns
        for name in PAGE_PERMISSIONS
    )
    root = Collection.get_first_root_node()
    GroupCollectionPermission.objects.bulk_create(
        GroupCollectionPermission(group=group, collection=root, permission=may[name]) for name in FILE_PERMISSIONS
    )
    editor.groups.add(group)
