namespace CascadeLocal.Engine.Text;

/// <summary>A token that is a command to the model rather than text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">How templates write it.</param>
/// <param name="TrimsBefore">Whether it swallows white space in front of it.</param>
/// <param name="TrimsAfter">Whether it swallows white space behind it.</param>
internal readonly record struct ControlToken(int Id, string Text, bool TrimsBefore = false, bool TrimsAfter = false);
