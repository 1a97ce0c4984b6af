"""What the tests share."""

import pytest

import misinfo


@pytest.fixture(scope="session")
def model():
    return misinfo.load()


@pytest.fixture(scope="session")
def pipeline(model):
    return model.to_pipeline()
