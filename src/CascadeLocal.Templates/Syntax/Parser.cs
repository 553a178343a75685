using System.Collections.Frozen;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Syntax;

/// <summary>Statements: what stands between <c>{%</c> and <c>%}</c>, with the text and the output around it.</summary>
internal sealed class Parser
{
    private const int MaxDepth = 80;

    /// <summary>Far more than any published template; what is done at parse time may take the square of it.</summary>
    private const int MaxSource = 256 * 1024;

    private static readonly string[] Refused = ["include", "import", "from", "extends", "block", "autoescape", "trans", "debug"];

    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly TargetParser _targets;
    private readonly Stack<string> _open = new();
    private int _loops;
    private int _fors;

    private Parser(string source)
    {
        _tokens = new(Lexer.Tokenize(source));
        _expressions = new(_tokens);
        _targets = new(_tokens, _expressions);
    }

    /// <summary>The whole template, with its names analysed.</summary>
    /// <exception cref="TemplateException">It is none.</exception>
    public static Block Parse(string source)
    {
        if (source.Length > MaxSource)
            throw TokenStream.Error($"the template is longer than {MaxSource} characters", new(1, 1));
        Block root = new Parser(source).ParseBlock();
        NameAnalysis.Run(root);
        return root;
    }

    /// <summary>Statements up to a tag of one of those names, which is left; the whole rest where there are no names.</summary>
    private Block ParseBlock(params string[] ends)
    {
        if (_open.Count > MaxDepth)
            throw _tokens.Error("statements are nested too deeply");
        List<Statement> statements = [];
        while (!_tokens.Is(TokenKind.End))
        {
            Token token = _tokens.Next();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new TemplateData(token.Position, new(token.Text, origin: Origin.Template)));
                    break;
                case TokenKind.VariableBegin:
                    statements.Add(new Output(token.Position, _expressions.ParseTuple()));
                    _tokens.Expect(TokenKind.VariableEnd, "end of print statement");
                    break;
                default:
                    if (_tokens.Is(TokenKind.Name) && ends.Contains(_tokens.Current.Text))
                        return new(statements);
                    ParseStatement(token.Position, statements);
                    _tokens.Expect(TokenKind.BlockEnd, "end of statement block");
                    break;
            }
        }

        return ends.Length == 0 ? new(statements) : throw _tokens.Error(
            $"Unexpected end of template. Jinja was looking for the following tags: {string.Join(" or ", ends.Select(e => $"'{e}'"))}. "
            + $"The innermost block that needs to be closed is '{_open.Peek()}'.");
    }

    private void ParseStatement(Position position, List<Statement> statements)
    {
        string tag = _tokens.Expect(TokenKind.Name, "a tag name").Text;
        if (tag == "print")
            ParsePrint(position, statements);
        else
            statements.Add(ParseTag(tag, position));
    }

    private Statement ParseTag(string tag, Position position) => tag switch
    {
        "if" => ParseIf(position),
        "for" => ParseFor(position),
        "set" => ParseSet(position),
        "macro" => ParseMacro(position),
        "call" => ParseCallBlock(position),
        "filter" => ParseFilterBlock(position),
        "with" => ParseWith(position),
        "generation" => new ScopedBlock(position, Isolated(() => ParseBody("generation"))),
        "do" => new ExprStmt(position, _expressions.ParseTuple()),
        "break" when _loops > 0 => new Break(position),
        "continue" when _loops > 0 => new Continue(position),
        "break" or "continue" => throw TokenStream.Error($"'{tag}' outside loop", position),
        _ when Refused.Contains(tag) => throw TokenStream.Error($"the tag '{tag}' is not supported in chat templates", position),
        _ => throw TokenStream.Error($"Encountered unknown tag '{tag}'.", position),
    };

    private void ParsePrint(Position position, List<Statement> statements)
    {
        for (bool isFirst = true; !_tokens.Is(TokenKind.BlockEnd); isFirst = false)
        {
            if (!isFirst)
                _tokens.ExpectOperator(",");
            statements.Add(new Output(position, _expressions.Parse()));
        }
    }

    /// <summary>The rest of the opening tag's end, the body, and the closing tag's name.</summary>
    private Block ParseBody(string tag)
    {
        _tokens.SkipOperator(":");
        _tokens.Expect(TokenKind.BlockEnd, "end of statement block");
        _open.Push(tag);
        Block body = ParseBlock($"end{tag}");
        _open.Pop();
        _tokens.Next();
        return body;
    }

    private Block ParseBranch(string tag, params string[] ends)
    {
        _tokens.SkipOperator(":");
        _tokens.Expect(TokenKind.BlockEnd, "end of statement block");
        _open.Push(tag);
        Block body = ParseBlock(ends);
        _open.Pop();
        return body;
    }

    private If ParseIf(Position position)
    {
        List<(Expression, Block)> branches = [];
        do
        {
            Expression test = _expressions.ParseTuple(withCondition: false);
            branches.Add((test, ParseBranch("if", "elif", "else", "endif")));
        }
        while (_tokens.SkipName("elif"));
        Block otherwise = _tokens.SkipName("else") ? ParseBranch("if", "endif") : Block.Empty;
        _tokens.ExpectName("endif");
        return new(position, branches, otherwise);
    }

    private For ParseFor(Position position)
    {
        _fors++;
        Expression target = _targets.Parse();
        RequireNotLoop(target);
        _tokens.ExpectName("in");
        Expression iterable = _expressions.ParseTuple(withCondition: false, isEnd: () => _tokens.IsName("recursive"));
        Expression? test = _tokens.SkipName("if") ? _expressions.Parse() : null;
        bool isRecursive = _tokens.SkipName("recursive");
        _loops++;
        Block body = ParseBranch("for", "else", "endfor");
        _loops--;
        Block otherwise = _tokens.SkipName("else") ? ParseBranch("for", "endfor") : Block.Empty;
        _tokens.ExpectName("endfor");
        _fors--;
        return new(position, target, iterable, test, isRecursive, body, otherwise);
    }

    private Statement ParseSet(Position position)
    {
        Expression target = _targets.Parse(withNamespace: true);
        RequireNotLoop(target);
        if (_tokens.SkipOperator("="))
            return new Assign(position, target, _expressions.ParseTuple());
        List<Filter> filters = [];
        while (_tokens.IsOperator("|"))
            filters.Add(_expressions.Postfix.ParseFilter(null));
        return new AssignBlock(position, target, filters, ParseBody("set"));
    }

    /// <summary>Nothing inside a for may take the name of its loop.</summary>
    private void RequireNotLoop(Expression target)
    {
        if (_fors > 0 && TargetParser.Names(target).Contains("loop"))
            throw TokenStream.Error("Can't assign to special loop variable in for-loop target", target.Position);
    }

    private Macro ParseMacro(Position position)
    {
        string name = _targets.ParseName();
        return new(position, ParseMacroBody(name, "macro"));
    }

    private CallBlock ParseCallBlock(Position position)
    {
        (List<string> parameters, List<Expression> defaults) = _tokens.IsOperator("(") ? _targets.ParseParameters() : ([], []);
        Call call = _expressions.Parse() as Call ?? throw TokenStream.Error("expected call", position);
        return new(position, call, MakeMacroBody(null, parameters, defaults, Isolated(() => ParseBody("call"))));
    }

    private MacroBody ParseMacroBody(string name, string tag)
    {
        (List<string> parameters, List<Expression> defaults) = _targets.ParseParameters();
        return MakeMacroBody(name, parameters, defaults, Isolated(() => ParseBody(tag)));
    }

    private static MacroBody MakeMacroBody(string? name, List<string> parameters, List<Expression> defaults, Block body)
    {
        string[] specials = ["varargs", "kwargs", "caller"];
        return new(name, parameters, defaults, body, specials.Intersect(NameAnalysis.NamesIn(body)).ToFrozenSet());
    }

    private FilterBlock ParseFilterBlock(Position position)
    {
        List<Filter> filters = [_expressions.Postfix.ParseFilter(null, hasBar: false)];
        while (_tokens.IsOperator("|"))
            filters.Add(_expressions.Postfix.ParseFilter(null));
        return new(position, filters, ParseBody("filter"));
    }

    private With ParseWith(Position position)
    {
        List<(Expression, Expression)> assignments = [];
        while (!_tokens.Is(TokenKind.BlockEnd))
        {
            if (assignments.Count > 0)
                _tokens.ExpectOperator(",");
            Expression target = _targets.Parse();
            _tokens.ExpectOperator("=");
            assignments.Add((target, _expressions.Parse()));
        }

        return new(position, assignments, ParseBody("with"));
    }

    /// <summary>A body that no break or continue can leave.</summary>
    private Block Isolated(Func<Block> parse)
    {
        int loops = _loops;
        _loops = 0;
        Block body = parse();
        _loops = loops;
        return body;
    }
}
