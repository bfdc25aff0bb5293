namespace MiniLstm.Engine;

/// <summary>Where the rows of a step lie among the states of all steps, if not one after the other: the numbers of rows, each [rows] of 32-bit
/// integers.</summary>
/// <param name="Before">Of the states before the step, and of the gradient of the hidden one.</param>
/// <param name="After">Of the states after the step, and of the gradient of the hidden one.</param>
/// <param name="CellBefore">Back through time: of the gradient of the cell state before the step.</param>
/// <param name="CellAfter">Likewise after the step.</param>
/// <param name="Later">Back through time: of the gates of the step after this one; -1: the sequence has none.</param>
public readonly record struct StepPlaces(View Before, View After, View CellBefore, View CellAfter, View Later);
