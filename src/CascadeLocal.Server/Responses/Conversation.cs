using System.Text;

namespace CascadeLocal.Server.Responses;

/// <summary>
/// The turns that items make: what an assistant thinks, says and calls without anybody between is one turn, as its model wrote it.
/// </summary>
internal static class Conversation
{
    private const string Assistant = "assistant";

    /// <param name="instructions">What stands before the items as the system's turn; null for nothing.</param>
    /// <param name="items">The items, in their order.</param>
    public static ChatMessage[] Of(string? instructions, IEnumerable<ResponseItem> items)
    {
        List<ChatMessage> turns = [];
        if (!string.IsNullOrEmpty(instructions))
            turns.Add(new("system", instructions));
        Turn? open = null;
        foreach (ResponseItem item in items)
        {
            if (open is not null && !open.Takes(item))
            {
                turns.Add(open.ToMessage());
                open = null;
            }

            switch (item)
            {
                case ResponseItem.Message { Role: not Assistant } said:
                    turns.Add(new(said.Role == "user" ? "user" : "system", string.Join('\n', said.Parts)));
                    break;
                case ResponseItem.FunctionCallOutput output:
                    turns.Add(new("tool", string.Join('\n', output.Parts)) { ToolCallId = output.CallId });
                    break;
                default:
                    (open ??= new()).Add(item);
                    break;
            }
        }

        if (open is not null)
            turns.Add(open.ToMessage());
        return [.. turns];
    }

    /// <summary>An assistant's turn that may go on.</summary>
    private sealed class Turn
    {
        private readonly StringBuilder _content = new();
        private readonly StringBuilder _reasoning = new();
        private readonly List<ToolCall> _calls = [];
        private bool _hasMessage;

        // Two messages that only follow each other are two turns; around a call they are the text of one.
        public bool Takes(ResponseItem item) => item switch
        {
            ResponseItem.Message said => said.Role == Assistant && (!_hasMessage || _calls.Count > 0),
            ResponseItem.Reasoning => !_hasMessage || _calls.Count > 0,
            ResponseItem.FunctionCall => true,
            _ => false,
        };

        public void Add(ResponseItem item)
        {
            switch (item)
            {
                case ResponseItem.Message said:
                    _hasMessage = true;
                    _content.AppendJoin('\n', said.Parts);
                    break;
                case ResponseItem.Reasoning thought:
                    _reasoning.Append(thought.Text);
                    break;
                // Nobody can answer a call that was cut, and no template takes half a JSON object.
                case ResponseItem.FunctionCall { IsWhole: true } call:
                    _calls.Add(new(call.CallId, call.Name, call.Arguments));
                    break;
            }
        }

        public ChatMessage ToMessage() => new(Assistant, _content.ToString())
        {
            Reasoning = _reasoning.Length > 0 ? _reasoning.ToString() : null,
            ToolCalls = _calls,
        };
    }
}
