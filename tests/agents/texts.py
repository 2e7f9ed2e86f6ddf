"""One tool call as text, as the models of each family write it: by the names of the formats.

`TEXT[format](name, args)`; `args` are texts. Uses the standard library only.
"""

import json


def each(args, write, between=""):
    return between.join(write(key, value) for key, value in args.items())


def call(name, args, key="arguments"):
    return json.dumps({"name": name, key: args})


def python(name, args):
    return name + "(" + each(args, lambda key, value: f"{key}={value!r}", ", ") + ")"


def qwen(name, args, line="\n"):
    fields = each(args, lambda key, value: f"<parameter={key}>{line}{value}{line}</parameter>\n")
    return f"<function={name}>\n{fields}</function>"


def glm(args):
    return each(args, lambda key, value: f"<arg_key>{key}</arg_key>\n<arg_value>{value}</arg_value>\n")


def invoke(name, args, tag=""):
    fields = each(args, lambda key, value: f'<{tag}parameter name="{key}">{value}</{tag}parameter>\n')
    return f'<{tag}invoke name="{name}">\n{fields}</{tag}invoke>'


def dsml(name, args):
    bar = "｜DSML｜"
    fields = each(args, lambda key, value: f'<{bar}parameter name="{key}" string="true">{value}</{bar}parameter>\n')
    return f'<{bar}function_calls>\n<{bar}invoke name="{name}">\n{fields}</{bar}invoke>\n</{bar}function_calls>'


def minimax_m3(name, args):
    mark = "]<]minimax[>["
    fields = each(args, lambda key, value: f"{mark}<{key}>{value}{mark}</{key}>\n")
    return f'{mark}<tool_call>\n{mark}<invoke name="{name}">\n{fields}{mark}</invoke>\n{mark}</tool_call>'


def kimi_k3(name, args):
    def argument(key, value):
        return f'<|open|>argument key="{key}" type="string"<|sep|>{value}<|close|>argument<|sep|>'

    inner = f'<|open|>call tool="{name}" index="1"<|sep|>{each(args, argument)}<|close|>call<|sep|>'
    return f"<|open|>tools<|sep|>{inner}<|close|>tools<|sep|><|end_of_msg|>"


def k2_v3(name, args):
    def field(key, value):
        return f"<ifm|arg_key>{key}</ifm|arg_key>\n<ifm|arg_value>{value}</ifm|arg_value>\n"

    return f"<ifm|tool_calls>\n<ifm|tool_call>{name}\n{each(args, field)}</ifm|tool_call>\n</ifm|tool_calls>"


def gemma(name, args, quote):
    return f"call:{name}{{" + each(args, lambda key, value: f"{key}:{quote}{value}{quote}", ",") + "}"


def longcat(args):
    return each(
        args,
        lambda key, value: f"<longcat_arg_key>{key}</longcat_arg_key>\n<longcat_arg_value>{value}</longcat_arg_value>\n",
    )


TEXT = {
    "hermes": lambda name, args: f"<tool_call>\n{call(name, args)}\n</tool_call>",
    "longcat": lambda name, args: f"<longcat_tool_call>{name}\n{longcat(args)}</longcat_tool_call>",
    "llama3_json": lambda name, args: f"<|python_tag|>{call(name, args, 'parameters')}",
    "mistral": lambda name, args: f"[TOOL_CALLS]{name}[ARGS]{json.dumps(args)}",
    "granite": lambda name, args: f"<|tool_call|>[{call(name, args)}]",
    "phi4_mini_json": lambda name, args: f"functools[{call(name, args)}]",
    "jamba": lambda name, args: f"<tool_calls>[{call(name, args)}]</tool_calls>",
    "nemotron_deci": lambda name, args: f"<TOOLCALL>[{call(name, args)}]</TOOLCALL>",
    "internlm": lambda name, args: f"<|action_start|><|plugin|>\n{call(name, args, 'parameters')}\n<|action_end|>",
    "xlam": lambda name, args: f"[{call(name, args)}]",
    "cohere_command3": lambda name, args: (
        f"<|START_ACTION|>{json.dumps([{'tool_call_id': '0', 'tool_name': name, 'parameters': args}])}<|END_ACTION|>"
    ),
    "deepseek_v3": lambda name, args: (
        f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>{name}<｜tool▁sep｜>{json.dumps(args)}"
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
    ),
    "deepseek_v32": dsml,
    "kimi_k2": lambda name, args: (
        f"<|tool_calls_section_begin|><|tool_call_begin|>functions.{name}:0"
        f"<|tool_call_argument_begin|>{json.dumps(args)}<|tool_call_end|><|tool_calls_section_end|>"
    ),
    "kimi_k3": kimi_k3,
    "k2_v3": k2_v3,
    "openai": lambda name, args: (
        f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>{json.dumps(args)}<|call|>"
    ),
    "inkling": lambda name, args: (
        f"<|message_model|>{name}<|content_invoke_tool_json|>{call(name, args, 'args')}<|end_message|>"
    ),
    "apertus": lambda name, args: f"<|tools_prefix|>{json.dumps([{name: args}])}<|tools_suffix|>",
    "gigachat3": lambda name, args: f"<|function_call|>{call(name, args)}",
    "glm4": lambda name, args: f"{name}\n{json.dumps(args)}",
    "bare_json": call,
    "qwen3_coder": lambda name, args: f"<tool_call>\n{qwen(name, args)}\n</tool_call>",
    "seed_oss": lambda name, args: f"<seed:tool_call>\n{qwen(name, args, '')}\n</seed:tool_call>",
    "glm45": lambda name, args: f"<tool_call>{name}\n{glm(args)}</tool_call>",
    "hy_v3": lambda name, args: f"<tool_calls>\n<tool_call>{name}<tool_sep>\n{glm(args)}</tool_call>\n</tool_calls>",
    "minimax_m2": lambda name, args: f"<minimax:tool_call>\n{invoke(name, args)}\n</minimax:tool_call>",
    "minimax_m3": minimax_m3,
    "anthropic": lambda name, args: f"<function_calls>\n{invoke(name, args)}\n</function_calls>",
    "step3": lambda name, args: (
        f"<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜>{invoke(name, args, 'steptml:')}"
        "<｜tool_call_end｜><｜tool_calls_end｜>"
    ),
    "minicpm5": lambda name, args: (
        f'<function name="{name}">'
        + each(args, lambda key, value: f'<param name="{key}"><![CDATA[{value}]]></param>')
        + "</function>"
    ),
    "solar_open2": lambda name, args: (
        f"<|tool_call:start|>{name}\n"
        + each(args, lambda key, value: f"<|tool_arg:start|>{key}<|tool_arg:value|>{value}<|tool_arg:end|>\n")
        + "<|tool_call:end|>"
    ),
    "cline": lambda name, args: (
        f"<{name}>\n" + each(args, lambda key, value: f"<{key}>{value}</{key}>\n") + f"</{name}>"
    ),
    "gemma4": lambda name, args: "<|tool_call>" + gemma(name, args, '<|"|>') + "<tool_call|>",
    "functiongemma": lambda name, args: (
        f"<start_function_call>{gemma(name, args, '<escape>')}<end_function_call>"
    ),
    "pythonic": lambda name, args: f"[{python(name, args)}]",
    "lfm2": lambda name, args: f"<|tool_call_start|>[{python(name, args)}]<|tool_call_end|>",
    "olmo3": lambda name, args: f"<function_calls>\n{python(name, args)}\n</function_calls>",
    "gemma3": lambda name, args: f"```tool_code\n{python(name, args)}\n```",
}
# These stand alone; the others may stand behind text.
ALONE = {"llama3_json", "xlam", "bare_json", "glm4", "pythonic", "gemma3"}
