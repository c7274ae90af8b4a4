"""A form that knows what it showed, so that only what a person changed is written."""

from typing import Any

from django import forms

from live.versions import Conflict, Versioned


class OptimisticLockForm(forms.ModelForm):  # type: ignore[type-arg]
    """Every field carries the value that it showed; a row with a version carries that too."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["seen"]
            return
        if isinstance(self.instance, Versioned):
            self.initial["seen"] = self.instance.version
        else:
            del self.fields["seen"]
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "seen" and not field.disabled

    def clean(self) -> dict[str, Any]:
        """Line ends as everywhere else; browsers send two characters."""
        super().clean()
        for name, value in self.cleaned_data.items():
            if isinstance(value, str):
                self.cleaned_data[name] = value.replace("\r\n", "\n")
        return self.cleaned_data

    def validate_constraints(self) -> None:
        """All of them: those which also look at a field that cannot be edited here, too."""
        try:
            self.instance.validate_constraints()
        except forms.ValidationError as error:
            self.add_error(None, error.messages)

    @property
    def edited(self) -> list[str]:
        return [name for name in self.changed_data if name != "seen"]

    def values(self) -> dict[str, Any]:
        """What a person changed of the row itself."""
        fields = {field.name for field in self.instance._meta.concrete_fields}
        return {name: getattr(self.instance, name) for name in self.edited if name in fields}

    def many(self) -> list[str]:
        several = forms.ModelMultipleChoiceField
        return [name for name in self.edited if isinstance(self.fields[name], several)]

    def shown(self, name: str) -> Any:
        """What the browser says that the form showed: as text, or as several."""
        hidden = self.fields[name].hidden_widget()
        return hidden.value_from_datadict(self.data, self.files, self[name].html_initial_name)

    def before(self) -> dict[str, Any]:
        """The values that were shown of what a person changed; Conflict if there are none such."""
        try:
            return {name: self.fields[name].clean(self.shown(name)) for name in self.values()}
        except forms.ValidationError:
            raise Conflict from None

    def added(self, name: str) -> list[Any]:
        shown = set(self.shown(name))
        return [each for each in self.cleaned_data[name] if str(each.pk) not in shown]

    def removed(self, name: str) -> list[Any]:
        """The keys of those that were shown and are not chosen any more."""
        chosen = {str(each.pk) for each in self.cleaned_data[name]}
        return [key for key in self.shown(name) if key not in chosen]
