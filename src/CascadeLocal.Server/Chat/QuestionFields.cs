using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>
/// Reads what a question of a data set asks for beside its turns: <c>tools</c>, <c>tool_choice</c>, <c>parallel_tool_calls</c> and
/// <c>response_format</c>, by the rules of a chat completion.
/// </summary>
public static class QuestionFields
{
    private static readonly FieldTable Table = new(ToolFields.Tools, ToolFields.Choice, ToolFields.Parallel, OutputFields.ResponseFormat);

    /// <summary>A request that has these fields and nothing else.</summary>
    /// <param name="question">A JSON object in UTF-8, whose other fields are passed over.</param>
    /// <exception cref="FormatException">A field is wrong; the message says which and why.</exception>
    public static GenerationRequest Read(ReadOnlyMemory<byte> question)
    {
        try
        {
            return ChatRequestParser.Parse(question, Table, body => ToolFields.Read(new() { Constraint = OutputFields.ReadConstraint(body) }, body));
        }
        catch (ApiException e)
        {
            throw new FormatException(e.Message, e);
        }
    }
}
