namespace CascadeLocal.Dialects;

/// <summary>A piece of an answer, in the order of the raw text. Pieces of one kind that follow each other belong together.</summary>
public abstract record OutputPart
{
    private OutputPart()
    {
    }

    /// <summary>Text for the reader.</summary>
    public sealed record Content(string Text) : OutputPart;

    /// <summary>What the model thought before it answered, without its markers.</summary>
    public sealed record Reasoning(string Text) : OutputPart;

    /// <summary>A call begins: its function is known and, unless a member elsewhere has told the call apart, one of the tools.</summary>
    /// <param name="Index">Counts the calls of the answer from 0.</param>
    /// <param name="Name">The function.</param>
    /// <param name="Id">The id that the model wrote; null where it wrote none in time.</param>
    public sealed record ToolCallBegin(int Index, string Name, string? Id) : OutputPart;

    /// <summary>A further piece of the JSON text of a call's arguments.</summary>
    public sealed record ToolCallArguments(int Index, string TextDelta) : OutputPart;

    /// <summary>Nothing more comes for this call.</summary>
    /// <param name="Index">Counts the calls of the answer from 0.</param>
    /// <param name="IsWhole">Whether it is complete: false where the answer was cut or went wrong inside its arguments.</param>
    public sealed record ToolCallEnd(int Index, bool IsWhole = true) : OutputPart;
}
