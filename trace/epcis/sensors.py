"""Sensor data in events (JSON schema `sensorElement` and what it holds)."""

from typing import Annotated

from pydantic import Field

from suyuan.trace.epcis.parts import Open, absent
from suyuan.trace.epcis.values import AlertType, Component, Hex, MeasurementType, Time, Unit, Uri


class SensorMetadata(Open):
    """What holds for all reports of a sensor element."""

    time: Time = absent()
    startTime: Time = absent()
    endTime: Time = absent()
    deviceID: Uri = absent()
    deviceMetadata: Uri = absent()
    rawData: Uri = absent()
    dataProcessingMethod: Uri = absent()
    bizRules: Uri = absent()


class SensorReport(Open):
    """One observation: a measurement, a value derived from many, or an alert."""

    type: MeasurementType
    exception: AlertType = absent()
    deviceID: Uri = absent()
    deviceMetadata: Uri = absent()
    rawData: Uri = absent()
    dataProcessingMethod: Uri = absent()
    bizRules: Uri = absent()
    time: Time = absent()
    microorganism: Uri = absent()
    chemicalSubstance: Uri = absent()
    coordinateReferenceSystem: Uri = absent()
    component: Component = absent()
    value: float = absent()
    stringValue: str = absent()
    booleanValue: bool = absent()
    hexBinaryValue: Hex = absent()
    uriValue: Uri = absent()
    minValue: float = absent()
    maxValue: float = absent()
    meanValue: float = absent()
    sDev: float = absent()
    percRank: float = absent()
    percValue: float = absent()
    uom: Unit = absent()


class SensorElement(Open):
    """Reports of sensors, at least one, and what is common to them."""

    sensorMetadata: SensorMetadata = absent()
    sensorReport: Annotated[list[SensorReport], Field(min_length=1)]
