"""What the tests share."""

import hypothesis
import pytest

import misinfo

hypothesis.settings.register_profile("no time", deadline=None)  # no test asserts a time
hypothesis.settings.load_profile("no time")


@pytest.fixture(scope="session")
def model():
    return misinfo.load()


@pytest.fixture(scope="session")
def pipeline(model):
    return model.to_pipeline()
